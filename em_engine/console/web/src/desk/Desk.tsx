/** The whole page of an operator: the bar, the queue on the left, the alert in hand or everybody on the
 * right.
 */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Session } from "../model.ts";
import { cursor, inHand } from "../queue/book.ts";
import { announce } from "../queue/presence.ts";
import { Audit } from "../pages/Audit.tsx";
import { MapPane } from "../map/MapPane.tsx";
import { Figures } from "../pages/Figures.tsx";
import { Handover } from "../pages/Handover.tsx";
import { page } from "../pages/place.ts";
import { Statistics } from "../pages/Statistics.tsx";
import { Wall } from "../pages/Wall.tsx";
import { words } from "../words/index.ts";
import { Announcer } from "./Announcer.tsx";
import { Banner, isLost, Staged } from "./Banner.tsx";
import { Bar, showing } from "./Bar.tsx";
import { DetailBody, DetailHead } from "./Detail.tsx";
import { FloodBanner, FloodDialog } from "./Flood.tsx";
import { Help } from "./Help.tsx";
import { listenToKeys } from "./keys.ts";
import { Palette } from "./Palette.tsx";
import { asking } from "./Modal.tsx";
import { QueuePane } from "./QueuePane.tsx";
import { watchNoise } from "./noise.ts";
import { Records } from "./Records.tsx";
import { SaveFilter } from "./SaveFilter.tsx";

export function Desk({ session, leave }: { session: Session; leave: () => void }): VNode {
  useEffect(listenToKeys, []);
  useEffect(watchNoise, []);
  useEffect(() => announce(() => asking.value !== null), []);
  const shown = showing.value;
  return (
    <div class={`page on-${page.value} ${isLost.value ? "stale" : ""}`}>
      <Bar session={session} leave={leave} />
      <Staged />
      <Banner />
      <FloodBanner />
      <Shown />
      <Announcer />
      {shown === "help" && <Help />}
      {shown === "palette" && <Palette />}
      {shown === "flood" && <FloodDialog />}
      {shown === "saveFilter" && <SaveFilter />}
      {(shown === "quarantine" || shown === "holes") && <Records of={shown} />}
    </div>
  );
}

function Shown(): VNode {
  if (page.value === "wall") return <Wall />;
  if (page.value === "figures") return <Figures />;
  if (page.value === "handover") return <Handover />;
  if (page.value === "statistics") return <Statistics />;
  if (page.value === "audit") return <Audit />;
  return (
    <main class={cursor.value === null ? "work" : "work with-alert"}>
      {/* The page's own heading: on a phone that shows an alert the queue's is not there. */}
      <h1 class="unseen-by-eye">{words().product}</h1>
      <QueuePane />
      <AlertPane />
    </main>
  );
}

function AlertPane(): VNode {
  const alert = inHand.value;
  return (
    <section
      class="pane"
      {...(alert ? { "aria-labelledby": "detail-title" } : { "aria-label": words().detail.none })}
    >
      {alert && <DetailHead key={alert.id} alert={alert} />}
      <div class="sheet">
        <MapPane alert={alert} />
        {alert && <DetailBody key={alert.id} alert={alert} />}
      </div>
    </section>
  );
}
