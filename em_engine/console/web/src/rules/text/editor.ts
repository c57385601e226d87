/**
 * The text editor: CodeMirror, in a shadow of its own, since the page's content policy lets no script write a
 * style into the document, and into a shadow it goes without one.
 */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { nextDiagnostic, previousDiagnostic, setDiagnostics, lintGutter } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { explain, suggest, type Helping, type Sayings } from "./help.ts";
import { diagnosticsOf, problemLines, showProblems } from "./marks.ts";
import { COLOURS, LOOK } from "./look.ts";
import type { Language } from "../../model.ts";
import type { Problem } from "../model.ts";
import { nbFields } from "../../words/fields.nb.ts";
import { nnFields } from "../../words/fields.nn.ts";
import { language, words } from "../../words/index.ts";

/** What fields and kinds are for: fetched with the editor. In English the schema says it itself. */
const SENTENCES: Readonly<Record<Language, Sayings["sentences"]>> = { nb: nbFields, nn: nnFields, en: {} };

export interface TextEditor {
  setText(text: string): void;
  setProblems(problems: readonly Problem[]): void;
  /** From 1, as problems say it. */
  goTo(line: number, column: number): void;
  close(): void;
}

export interface Asked {
  readonly label: string;
  readonly text: string;
  readonly canWrite: boolean;
  readonly isYaml: boolean;
  readonly words: Readonly<Record<string, string>>;
  readonly help: () => Pick<Helping, "schema" | "names"> | null;
  readonly changed: (text: string) => void;
  readonly save: () => void;
}

export function openEditor(host: HTMLElement, asked: Asked): TextEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({
    state: EditorState.create({ doc: asked.text, extensions: extensions(asked) }),
    parent: root,
    root,
  });
  return {
    setText: (text) => replace(view, text),
    setProblems: (problems) => {
      view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state.doc, problems)));
      view.dispatch({ effects: showProblems.of(problems) });
    },
    goTo: (line, column) => goTo(view, line, column),
    close: () => view.destroy(),
  };
}

function extensions(asked: Asked): Extension {
  return [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    problemLines,
    search({ top: true }),
    asked.isYaml ? [yaml(), indentUnit.of("  "), helped(asked)] : [],
    syntaxHighlighting(COLOURS),
    LOOK,
    EditorState.readOnly.of(!asked.canWrite),
    EditorState.phrases.of(asked.words),
    EditorView.contentAttributes.of({ "aria-label": asked.label, spellcheck: "false" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) asked.changed(update.state.doc.toString());
    }),
    keymap.of(keys(asked)),
  ];
}

/** Tab indents; Escape, then Tab, leaves the editor, as CodeMirror has it: no trap for the keyboard. */
function keys(asked: Asked): Parameters<typeof keymap.of>[0] {
  const save = (): boolean => (asked.save(), true);
  return [
    { key: "Mod-s", run: save, preventDefault: true },
    { key: "F8", run: nextDiagnostic, shift: previousDiagnostic },
    ...completionKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...defaultKeymap,
    ...(asked.canWrite ? [{ key: "Tab", run: indentMore, shift: indentLess }] : []),
  ];
}

/** Names and values as the schema has them, and what they are for where the pointer rests. */
function helped(asked: Asked): Extension {
  const sayings = spoken();
  const helping = (): Helping | null => {
    const help = asked.help();
    return help && { ...help, words: sayings };
  };
  return [
    autocompletion({
      override: [
        (context) => {
          const help = helping();
          return help && suggest(help, context.state.doc.toString(), context.pos, context.explicit);
        },
      ],
    }),
    hoverTooltip((view, at) => {
      const help = helping();
      const told = help && explain(help, view.state.doc.toString(), at);
      return told
        ? { pos: told.from, end: told.to, above: true, create: () => ({ dom: said(told.text) }) }
        : null;
    }),
  ];
}

function spoken(): Sayings {
  const { type, programme, severity, outcome, happened } = words();
  const titles = { "": type, programme, severity, outcomes: outcome, note_for: outcome, on: happened };
  return { sentences: SENTENCES[language.value], titles };
}

function said(text: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "cm-said";
  box.textContent = text;
  return box;
}

function replace(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

function goTo(view: EditorView, line: number, column: number): void {
  const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const anchor = Math.min(found.from + column - 1, found.to);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  view.focus();
}
