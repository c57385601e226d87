/** What the server would not do, by its code; {0}, {1} … are what it spoke of. */
export const enRefusals = {
  "edit.unreadable": "The file cannot be read as it stands: mend its text first.",
  "edit.entangled": "{0} cannot be changed without writing the file anew: change its text.",
  "edit.absent": "There is nothing at {0}: {1} is not there.",
  "edit.last": "The last of a block, or one that shares its line, is changed in the text.",
  "edit.not_utf8": "The file is not UTF-8: mend its text first.",
  "zone.kind": "A zone is one of {0}, not {1}.",
  "zone.coordinates": "These coordinates are no {0}.",
  "zone.corners": "A zone of more than {0} corners is drawn in no browser: simplify it.",
  "zone.no_json": "The zone's file is no JSON as it stands: mend its text first.",
  "zone.no_collection": "The zone's file is no FeatureCollection as it stands: mend its text first.",
  "zone.elsewhere": "The zone {0} stands in {1}: delete it there first.",
  "zone.name": "“{0}” can be no zone's name: at most {1} printed signs, none of them space at its ends.",
  "zone.taken": "There is a zone {0} already.",
  "shape.no_degrees": "These are no degrees: longitude first, then latitude.",
  "shape.too_far": "At most {0} km around.",
  "shape.nothing_left": "Nothing is left of it.",
  "shape.no_line": "What is drawn is no line.",
  "draft.too_many": "{0} drafts are kept already: drop one first.",
  "draft.file_size": "{0} would have more than {1} MB: simplify or split it.",
  "draft.files": "A draft has at most {0} files.",
  "draft.size": "A rulebook has at most {0} MB.",
  "draft.path": "{0} is no file of a rulebook. These are: {1}.",
  "archive.unreadable": "The archive cannot be read.",
  "archive.files": "The archive holds {0} files; at most {1} are looked at.",
  "archive.twice": "The archive holds {0} twice.",
  "archive.empty": "The archive holds no file of a rulebook.",
  "archive.size": "The archive unpacks to too much: a file has at most {0} MB, all of them {1} MB.",
} as const;

export type RefusalCode = keyof typeof enRefusals;
export type RefusalWords = Readonly<Record<RefusalCode, string>>;
