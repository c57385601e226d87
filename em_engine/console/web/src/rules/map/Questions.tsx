/** What is asked before it is done: others' orders would change with it, or a file of others comes in. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Refused } from "../../api.ts";
import { fill } from "../../words/index.ts";
import { returns } from "../connection.ts";
import { Dialog, written } from "../Dialog.tsx";
import { asRefused } from "../loaded.ts";
import { Refusal } from "../Refusal.tsx";
import { inWords } from "../words.ts";
import type { Asking, Bench } from "./bench.ts";
import { slug, titleOf, withoutZone, type Use, type Zone } from "./drawing.ts";
import { bringIn, rename } from "./saving.ts";
import * as server from "./server.ts";
import { zoneWords } from "./words.ts";

export function Questions({ bench }: { bench: Bench }): VNode | null {
  const asking = bench.asking.value;
  if (!asking) return null;
  const close = (): void => void (bench.asking.value = null);
  if (asking.what === "shared") return <Shared bench={bench} asking={asking} close={close} />;
  if (asking.what === "remove") return <Remove bench={bench} zone={asking.zone} close={close} />;
  if (asking.what === "rename") return <Rename bench={bench} zone={asking.zone} close={close} />;
  return <Import bench={bench} file={asking.file} close={close} />;
}

interface About {
  readonly bench: Bench;
  readonly zone: Zone;
  readonly close: () => void;
}

type SharedAsked = Omit<About, "zone"> & { readonly asking: Extract<Asking, { what: "shared" }> };

function Shared({ bench, asking: { zone, act }, close }: SharedAsked): VNode {
  const text = zoneWords();
  const users = bench.uses.value.get(zone.id) ?? [];
  const answer = (form: FormData): Promise<void> => {
    if (written(form, "how") === "all") bench.grant(zone.id);
    const isCopy = written(form, "how") === "copy";
    act(isCopy ? bench.add(zone.outline, fill(text.copyOf, titleOf(zone)), zone).id : zone.id);
    return Promise.resolve();
  };
  return (
    <Dialog title={fill(text.sharedTitle, titleOf(zone))} does={text.proceed} act={answer} close={close}>
      <p>{fill(text.sharedAbout, users.length)}</p>
      <Orders users={users} />
      <label class="choice">
        <input type="radio" name="how" value="all" defaultChecked /> {text.sharedAll}
      </label>
      <label class="choice">
        <input type="radio" name="how" value="copy" /> {text.sharedCopy}
      </label>
    </Dialog>
  );
}

const Orders = ({ users }: { users: readonly Use[] }): VNode => (
  <ul class="users">
    {users.map(({ order }) => (
      <li key={order}>{order}</li>
    ))}
  </ul>
);

function Remove({ bench, zone, close }: About): VNode {
  const text = zoneWords();
  const users = bench.uses.value.get(zone.id) ?? [];
  const answer = (): Promise<void> => Promise.resolve(bench.did(withoutZone(bench.drawing.value, zone.id)));
  return (
    <Dialog
      title={fill(text.removeTitle, titleOf(zone))}
      does={text.removeIt}
      act={answer}
      close={close}
      isGrave={users.length > 0}
    >
      <p>{users.length > 0 ? text.removeAbout : text.removeUnused}</p>
      <Orders users={users} />
    </Dialog>
  );
}

function Rename({ bench, zone, close }: About): VNode {
  const text = zoneWords();
  const answer = (form: FormData): Promise<unknown> => rename(bench, zone, slug(written(form, "id")));
  return (
    <Dialog title={fill(text.renameTitle, titleOf(zone))} does={text.proceed} act={answer} close={close}>
      <p>{text.renameAbout}</p>
      <label class="field">
        {text.newId}
        <input name="id" defaultValue={zone.id} maxLength={100} required autofocus />
      </label>
    </Dialog>
  );
}

interface ImportAsked {
  readonly bench: Bench;
  readonly file: File;
  readonly close: () => void;
}

/** The file is looked into before anything is written; what is set here is looked at again. */
function Import({ bench, file, close }: ImportAsked): VNode {
  const text = zoneWords();
  const [how, set] = useState<server.Importing>({});
  const { found, refused } = useTrial(bench, file, how);
  const field = (name: keyof server.Importing, label: string): VNode => (
    <label class="field">
      {label}
      {/* Not bound to what was looked at last: an answer that comes amid the typing would take it back. */}
      <input onChange={(event) => set({ ...how, [name]: event.currentTarget.value.trim() })} />
    </label>
  );
  return (
    <Dialog
      title={fill(text.importTitle, file.name)}
      does={text.importIt}
      act={() => bringIn(bench, file, how)}
      close={close}
    >
      <p class="about">{text.importLeft}</p>
      <div class="pair">
        {field("name", text.importName)}
        {field("name_field", text.nameField)}
        {field("prefix", text.prefix)}
        {field("radius_m", text.importRadius)}
        {field("layer", text.importLayer)}
        {field("crs", text.importCrs)}
        {field("encoding", text.importEncoding)}
      </div>
      {!found && !refused && <p class="faint">{text.importing}</p>}
      {refused && <Refusal of={refused} />}
      {found && <Found found={found} />}
    </Dialog>
  );
}

function Found({ found }: { found: server.Imported }): VNode {
  const text = zoneWords();
  return (
    <div class="found" role="status">
      <p>{fill(text.importFound, found.zones.length)}</p>
      <ul>
        {found.zones.map(({ name, corners, notices, notice_codes }) => (
          <li key={name}>
            {name}{" "}
            <span class="faint">
              {[fill(text.cornersOf, corners), ...inWords(notices, notice_codes)].join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Trial {
  readonly found: server.Imported | null;
  readonly refused: Refused | null;
}

function useTrial(bench: Bench, file: File, how: server.Importing): Trial {
  const [trial, set] = useState<Trial>({ found: null, refused: null });
  useEffect(() => {
    let isWanted = true;
    const failed = (failure: unknown): void => {
      const refused = asRefused(failure);
      if (isWanted) set({ found: null, refused });
    };
    const draft = "draft" in bench.source ? bench.source.draft : "";
    void server
      .importFile(draft, file, how, true)
      .then((found) => isWanted && set({ found, refused: null }), failed);
    return () => void (isWanted = false);
  }, [file, JSON.stringify(how), returns.value]);
  return trial;
}
