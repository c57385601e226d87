/** What is refused at the door, on either page, by its code; English. */
export const enRequests = {
  "request.missing": "`{0}` is missing.",
  "request.short": "`{0}` needs at least {1} characters or items.",
  "request.long": "`{0}` may have at most {1} characters or items.",
  "request.least": "`{0}` is too little: the limit is {1}.",
  "request.most": "`{0}` is too much: the limit is {1}.",
  "request.wrong": "`{0}` cannot be used as it stands.",
  "request.not_now": "Nothing was done: it can be neither written nor read now. Try again in a while.",
  "request.failed": "The server failed at this; the cause is in its log.",
  "request.may_not": "None of your roles may do that.",
  "request.no_session": "Your session has ended: sign in again.",
  "request.some_programmes": "A rulebook holds the orders of all programmes, and you see only some.",
  "request.no_day": "There is no day {0}.",
};

export type RequestWords = Readonly<Record<keyof typeof enRequests, string>>;
