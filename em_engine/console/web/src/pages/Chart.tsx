/** Bars beside their names and numbers: a chart that can be read without seeing it. */
import type { VNode } from "preact";

interface Bar {
  readonly name: string;
  readonly value: number;
}

export function Chart({ title, bars }: { title: string; bars: readonly Bar[] }): VNode {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <table class="chart">
      <caption>{title}</caption>
      <tbody>
        {bars.map(({ name, value }, index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td class="number">{value}</td>
            <td>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width={(100 * value) / most} height="10" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
