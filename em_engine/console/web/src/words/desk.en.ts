/** Words of signing in elsewhere, presence, keys and the audit; English. */
export const enDesk = {
  sentBack: {
    refused: "The log-in was not accepted. Try again.",
    stale: "That log-in was begun too long ago, or in another window. Try again.",
    away: "The log-in service does not answer.",
    taken: "Another account here has your name. An administrator must look at it.",
    misconfigured: "The log-in service is not set up as this console expects. Tell whoever runs it.",
    "no-role": "You have no role here. Whoever runs the log-in service can give you one.",
  } as Record<string, string>,
  presence: {
    looks: "{0} looks at this too",
    writes: "{0} is writing about this",
  },
  keying: {
    change: "{0}: key {1}. Press to choose another",
    hint: "Press a key above to choose another for its command. Your keys follow your account.",
    press: "Press the new key for “{0}”. Esc leaves it as it is.",
    notKept: "Not kept: {0}",
    reset: "Original keys",
  },
  audit: {
    title: "Audit",
    who: "Person",
    about: "Case, order or wearer",
    aboutHint: "OVA-2026-0042, W-17 …",
    since: "From",
    until: "To",
    ask: "Show",
    csv: "As CSV",
    whole: "The chain holds: {0} entries, each as it was written.",
    broken: "The chain is broken at entry {0}.",
    check: "Check again",
    none: "No entry matches.",
    older: "Show older",
    at: "Time",
    what: "What",
    subject: "About",
    why: "Why",
    from: "Address",
  },
};

export type DeskWords = typeof enDesk;
