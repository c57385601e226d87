/** What is wrong, where it is wrong: a mark under the place, the words and a suggestion under its line. */
import type { Diagnostic } from "@codemirror/lint";
import { StateEffect, StateField, type Range, type Text } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import type { Problem } from "../model.ts";
import { hint, message } from "../words.ts";

export const showProblems = StateEffect.define<readonly Problem[]>();

/** Kept at their lines while one types; told anew with every save. */
export const problemLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(kept, transaction) {
    let lines = kept.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(showProblems)) lines = Decoration.set(widgets(transaction.state.doc, effect.value), true);
    return lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function widgets(doc: Text, problems: readonly Problem[]): Range<Decoration>[] {
  return problems.map((problem) => {
    const widget = new Said(problem, doc.line(lineOf(doc, problem)).length);
    return Decoration.widget({ widget, block: true, side: 1 }).range(doc.line(lineOf(doc, problem)).to);
  });
}

export function diagnosticsOf(doc: Text, problems: readonly Problem[]): readonly Diagnostic[] {
  return problems.map((problem) => {
    const line = doc.line(lineOf(doc, problem));
    const from = Math.min(line.from + offsetOf(line.text, problem.column), line.to);
    const word = /^[^\s,:[\]{}]+/.exec(line.text.slice(from - line.from))?.[0].length ?? 0;
    return {
      from,
      to: Math.min(from + Math.max(word, 1), line.to),
      severity: problem.severity,
      message: said(problem),
    };
  });
}

const lineOf = (doc: Text, { line }: Problem): number => Math.min(Math.max(line, 1), doc.lines);
const said = (of: Problem): string => [message(of), hint(of)].filter(Boolean).join("\n");

/** The server counts characters, the editor halves of the rare ones. */
function offsetOf(text: string, column: number): number {
  return [...text].slice(0, column - 1).join("").length;
}

class Said extends WidgetType {
  constructor(
    readonly problem: Problem,
    readonly length: number,
  ) {
    super();
  }

  override eq(other: Said): boolean {
    return said(this.problem) === said(other.problem) && this.problem.column === other.problem.column;
  }

  toDOM(): HTMLElement {
    const box = document.createElement("div");
    box.className = `cm-problem ${this.problem.severity}`;
    const caret = document.createElement("span");
    caret.textContent = `${" ".repeat(Math.min(this.problem.column - 1, this.length, 60))}^ `;
    caret.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    words.append(message(this.problem));
    if (this.problem.hint !== "") {
      const instead = document.createElement("em");
      instead.textContent = ` ${hint(this.problem)}`;
      words.append(instead);
    }
    box.append(caret, words);
    return box;
  }
}
