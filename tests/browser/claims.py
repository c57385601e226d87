"""How long it takes until one operator's claim is on another's screen."""

from desk import Desk

PRESS = """key => {
  const at = Date.now();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  return at;
}"""
WATCH = """() => {
  window.flips = [];
  const rows = document.querySelector("#rows");
  const isClaimed = () => rows.querySelector(".chip.claimed") !== null;
  let was = isClaimed();
  const look = () => was !== isClaimed() && ((was = !was), window.flips.push(Date.now()));
  new MutationObserver(look).observe(rows, { subtree: true, childList: true, attributes: true });
}"""


class Claims:
    """One claims the alert in hand and lets it go again; the other has it alone on the screen."""

    def __init__(self, hand: Desk, eye: Desk) -> None:
        self._hand = hand
        self._eye = eye
        self._told = 0
        for desk in (hand, eye):
            desk.page.evaluate(WATCH)

    def next_ms(self) -> int:
        """From the key on one screen to the row on the other."""
        pressed_at: int = self._hand.page.evaluate(PRESS, "c")
        self._told += 1
        # The own row as well: only then is the next press meant for the alert as it then is.
        for desk in (self._hand, self._eye):
            desk.page.wait_for_function("told => window.flips.length >= told", arg=self._told)
        seen_at: int = self._eye.page.evaluate("window.flips.at(-1)")
        return seen_at - pressed_at
