/** What the server would not do, and why, in place. */
import type { VNode } from "preact";
import type { Refused } from "../api.ts";
import { fill } from "../words/index.ts";
import type { Problem } from "./model.ts";
import { addressOf } from "./place.ts";
import { message, reasons, text, why } from "./words.ts";

const SHOWN_MAX = 5;

export function Refusal({ of }: { of: Refused }): VNode {
  const problems = (of.problem["problems"] as readonly Problem[] | undefined) ?? [];
  const book = of.problem["book"] as string | undefined;
  const lines = [
    ...problems.map((one) => <PlacedProblem book={book} problem={one} />),
    ...reasons(of).map((reason) => <>{reason}</>),
  ];
  return (
    <div class="notice refusal" role="alert">
      <p>{why(of)}</p>
      {lines.length > 0 && (
        <ul>
          {lines.slice(0, SHOWN_MAX).map((line, place) => (
            <li key={place}>{line}</li>
          ))}
          {lines.length > SHOWN_MAX && <li>{fill(text().more, lines.length - SHOWN_MAX)}</li>}
        </ul>
      )}
    </div>
  );
}

/** A problem leads to its file where it is known in which rulebook that stands. */
function PlacedProblem({ book, problem }: { book: string | undefined; problem: Problem }): VNode {
  const place = `${problem.file}:${problem.line}`;
  if (book === undefined) return <>{`${place}: ${message(problem)}`}</>;
  return (
    <>
      <a href={addressOf({ page: "book", book, tab: "files", item: problem.file })}>{place}</a>
      {`: ${message(problem)}`}
    </>
  );
}
