/** The queue and its stream, followed once for all pages of a browser.
 *
 * It holds the open alerts as of one history number and tells every change after it: a page that joins
 * gets the whole queue and then the same changes as the others, so nothing is lost or doubled between them.
 */
import type { Alert, Beat, Queue, Told } from "../model.ts";
import type { Present } from "../queue/presence.ts";
import { EventReader, type ServerEvent } from "./events.ts";
import { SILENCE_MS, type Link, type Message, type Phase, type Wish } from "./messages.ts";

const PAUSES_MS = [100, 250, 500, 1000, 2000] as const;
const QUEUE_LIMIT = 5000; // the most the server tells at once

class SignedOut extends Error {}

export class Feed {
  private readonly open = new Map<string, Alert>();
  private position: number | null = null;
  private phase: Phase = "connecting";
  private heardAt = 0;
  private triedAt = 0;
  private failures = 0;
  private asOf = "";
  private beat: Beat | null = null;
  private present: readonly Present[] = [];
  private connection = new AbortController();
  private wake: () => void = () => undefined;

  constructor(private readonly tell: (message: Message) => void) {}

  /** Follow for ever. */
  async run(): Promise<never> {
    setInterval(() => this.watch(), 250);
    for (;;) {
      await this.connect().catch((failure: unknown) => this.lost(failure));
      if (this.phase === "signed-out") await new Promise<void>((resolve) => (this.wake = resolve));
      else await this.rest();
    }
  }

  /** All that a page which joins now must know. */
  *welcome(): Generator<Message> {
    if (this.position !== null) yield { kind: "queue", queue: this.queue(), link: this.link };
    yield { kind: "presence", present: this.present, link: this.link };
    if (this.beat) yield { kind: "beat", beat: this.beat, link: this.link };
    yield { kind: "link", link: this.link };
  }

  /** A page has signed in or out: the session is one for all of them. */
  wish(wish: Wish): void {
    if (wish === "signed-in" && this.phase === "signed-out") {
      this.enter("connecting");
      this.wake();
    } else if (wish === "signed-out") {
      this.forget();
      this.enter("signed-out");
      this.connection.abort();
    }
  }

  private async connect(): Promise<void> {
    this.connection = new AbortController();
    this.triedAt = Date.now();
    if (this.position === null) await this.fetchQueue();
    const reply = await this.get("/api/alerts/stream", { "Last-Event-ID": String(this.position) });
    if (!reply.body) throw new Error("no stream");
    const reader = new EventReader();
    const bytes = reply.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
    for await (const text of chunks(bytes)) {
      for (const event of reader.take(text)) this.take(event);
    }
  }

  private async fetchQueue(): Promise<void> {
    const reply = await this.get(`/api/alerts?state=open&limit=${QUEUE_LIMIT}`, {});
    const queue = (await reply.json()) as Queue;
    this.forget();
    for (const alert of queue.alerts) this.open.set(alert.id, alert);
    this.position = queue.history;
    this.asOf = queue.at;
    this.tell({ kind: "queue", queue, link: this.link });
  }

  private async get(path: string, headers: Record<string, string>): Promise<Response> {
    const { signal } = this.connection;
    const reply = await fetch(path, { headers, signal, cache: "no-store", credentials: "same-origin" });
    if (reply.status === 401) throw new SignedOut();
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply;
  }

  /** Only an event proves that the feed lives: a server whose feed stands still may still answer. */
  private take(event: ServerEvent): void {
    this.heard();
    if (event.name === "alert") this.change(JSON.parse(event.data) as Told);
    else if (event.name === "beat") this.live(JSON.parse(event.data) as Beat);
    else if (event.name === "presence") this.meet(JSON.parse(event.data) as readonly Present[]);
    else if (event.name === "reset") this.startAnew();
  }

  private change(told: Told): void {
    if (this.position !== null && told.number <= this.position) return;
    this.position = told.number;
    if (told.alert.state === "closed") this.open.delete(told.alert.id);
    else this.open.set(told.alert.id, told.alert);
    this.tell({ kind: "told", told, link: this.link });
  }

  private live(beat: Beat): void {
    if (this.position !== null && beat.history < this.position) return this.startAnew();
    this.beat = beat;
    this.asOf = beat.at;
    this.tell({ kind: "beat", beat, link: this.link });
  }

  private meet(present: readonly Present[]): void {
    this.present = present;
    this.tell({ kind: "presence", present, link: this.link });
  }

  /** A record that was put back to an earlier state counts anew: what we hold is no longer its queue. */
  private startAnew(): void {
    this.position = null;
    this.connection.abort();
  }

  private heard(): void {
    this.heardAt = Date.now();
    this.failures = 0;
    if (this.phase !== "live") this.enter("live");
  }

  private watch(): void {
    if (this.phase === "signed-out" || Date.now() - Math.max(this.heardAt, this.triedAt) <= SILENCE_MS)
      return;
    if (this.phase !== "lost") this.enter("lost");
    this.connection.abort();
  }

  private lost(failure: unknown): void {
    if (failure instanceof SignedOut) {
      this.forget();
      this.enter("signed-out");
    } else if (this.phase !== "signed-out" && this.failures++ > 0) {
      // A first failure may be a server that was just restarted: it is tried again at once.
      this.enter("lost");
    }
  }

  private async rest(): Promise<void> {
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)] ?? 0;
    const spread = 0.75 + Math.random() / 2; // so that fifty desks do not knock in step
    await new Promise((resolve) => setTimeout(resolve, pause * spread));
  }

  private forget(): void {
    this.open.clear();
    this.position = null;
    this.beat = null;
    this.present = [];
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.tell({ kind: "link", link: this.link });
  }

  private queue(): Queue {
    return { history: this.position ?? 0, at: this.asOf, alerts: [...this.open.values()] };
  }

  private get link(): Link {
    return { phase: this.phase, heardAt: this.heardAt };
  }
}

async function* chunks(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
