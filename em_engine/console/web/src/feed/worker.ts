/** One stream for all pages: over HTTP/1.1 a browser's seventh plain one to a server would hang. */
import { Feed } from "./feed.ts";
import type { Message, Wish } from "./messages.ts";

interface Joining {
  onconnect: (event: MessageEvent) => void;
}

const pages = new Set<MessagePort>();
const feed = new Feed((message: Message) => pages.forEach((page) => page.postMessage(message)));

(globalThis as unknown as Joining).onconnect = (event) => {
  const page = event.ports[0]!;
  pages.add(page);
  page.onmessage = ({ data }: MessageEvent<Wish>) =>
    data === "leaving" ? pages.delete(page) : feed.wish(data);
  for (const message of feed.welcome()) page.postMessage(message);
};

void feed.run();
