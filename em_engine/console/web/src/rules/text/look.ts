/** The editor in the page's own colours: its shadow inherits the tokens. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.separator, tags.punctuation, tags.brace, tags.squareBracket], color: "var(--soft)" },
]);

export const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", background: "var(--ground)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--panel)", color: "var(--faint)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--chosen)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { background: "var(--chosen)", color: "inherit" },
  ".cm-panels": { background: "var(--panel)", color: "var(--ink)" },
  ".cm-textfield": { background: "var(--ground)", border: "1px solid var(--edge)", color: "var(--ink)" },
  ".cm-button": { background: "var(--raised)", border: "1px solid var(--edge)", color: "var(--ink)" },
  ".cm-tooltip": {
    background: "var(--raised)",
    border: "1px solid var(--edge)",
    color: "var(--ink)",
    maxWidth: "52ch",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent-ground)",
    color: "var(--on-accent)",
  },
  ".cm-said": { padding: "4px 8px", fontFamily: "var(--font)", fontSize: "13px" },
  ".cm-completionInfo": { fontFamily: "var(--font)" },
  ".cm-problem": {
    display: "flex",
    padding: "1px 6px 3px 6px",
    // As wide as the lines are, and no wider: it wraps, and makes nothing scroll.
    width: "0",
    minWidth: "100%",
    boxSizing: "border-box",
    whiteSpace: "pre-wrap",
    borderLeft: "3px solid var(--severity)",
    color: "var(--severity)",
    background: "var(--panel)",
  },
  ".cm-problem > span:first-child": { flex: "none", whiteSpace: "pre" },
  ".cm-problem em": { color: "var(--soft)", fontStyle: "normal" },
  ".cm-problem.error": { "--severity": "var(--critical)" },
  ".cm-problem.warning": { "--severity": "var(--high)" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--critical)", backgroundImage: "none" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--high)", backgroundImage: "none" },
});
