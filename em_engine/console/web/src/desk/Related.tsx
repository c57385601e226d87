/** The other open alerts of the same case: one person, one evening, one story. */
import type { VNode } from "preact";
import type { Alert } from "../model.ts";
import { openAlerts, revision, takeInHand } from "../queue/book.ts";
import { byUrgency } from "../queue/order.ts";
import { since, span } from "../time.ts";
import { words } from "../words/index.ts";
import { inWords } from "./AlertRow.tsx";
import { Shape } from "./Shape.tsx";

export function Related({ alert }: { alert: Alert }): VNode | null {
  void revision.value;
  const others = openAlerts().filter((other) => other.case === alert.case && other.id !== alert.id);
  if (others.length === 0) return null;
  return (
    <>
      <h3>{words().related.title}</h3>
      <ul class="related">
        {others.toSorted(byUrgency).map((other) => (
          <Other key={other.id} alert={other} />
        ))}
      </ul>
    </>
  );
}

function Other({ alert }: { alert: Alert }): VNode {
  const { type } = words();
  return (
    <li class={alert.severity}>
      <button type="button" class="quiet" onClick={() => takeInHand(alert.id)}>
        <Shape severity={alert.severity} seen={alert.state !== "unacknowledged"} />
        <span>{type[alert.type] ?? alert.type}</span>
        <span class="faint">
          {inWords(alert)} · {span(since(alert.raised_at))}
        </span>
      </button>
    </li>
  );
}
