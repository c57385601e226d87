-- People who may sign in. Names are kept in lower case; roles are a JSON array.
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    desks TEXT,      -- JSON array of where the person works; NULL: everywhere
    programmes TEXT  -- JSON array of whose cases the person may see; NULL: all
) STRICT;

-- Sessions. Only the SHA-256 of the cookie is kept: who reads this file cannot sign in with it.
CREATE TABLE IF NOT EXISTS session (
    token BLOB PRIMARY KEY,
    csrf TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- Tokens for programs. Only the SHA-256 is kept; scopes are a JSON array of names in roles.SCOPES.
CREATE TABLE IF NOT EXISTS token (
    digest BLOB PRIMARY KEY,
    name TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;

-- Failed sign-ins by what they were aimed at or came from, until one succeeds or a day has passed.
CREATE TABLE IF NOT EXISTS failure (
    subject TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- Addresses an account has signed in from.
CREATE TABLE IF NOT EXISTS known (
    name TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (name, address)
) STRICT;

-- Accounts of people whom the identity provider vouches for, by its own name for them.
CREATE TABLE IF NOT EXISTS provided (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT;
