/**
 * A page's end of the feed: the shared worker's, or one of its own where the browser has no shared workers.
 */
import { Feed } from "./feed.ts";
import type { Message, Wish } from "./messages.ts";

declare const FEED_WORKER: string;

export interface FeedClient {
  wish(wish: Wish): void;
}

export function follow(take: (message: Message) => void): FeedClient {
  return typeof SharedWorker === "undefined" ? followAlone(take) : followShared(take);
}

function followShared(take: (message: Message) => void): FeedClient {
  const { port } = new SharedWorker(FEED_WORKER, { type: "module", name: "em-feed" });
  port.onmessage = ({ data }: MessageEvent<Message>) => take(data);
  addEventListener("pagehide", () => port.postMessage("leaving"));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  return { wish: (wish) => port.postMessage(wish) };
}

function followAlone(take: (message: Message) => void): FeedClient {
  const feed = new Feed(take);
  void feed.run();
  return feed;
}
