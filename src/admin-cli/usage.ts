/** What `npm run admin -- help` says. */
export const USAGE = `Usage: npm run admin -- <command>

For who is locked out, or makes the first moderators. Works while the server runs, which follows within a second, and
while it is stopped. The database is the server's own, by the same settings. In the container image it is
"node src/admin-cli/main.ts <command>".

  create <name> [--email <address>] [--role user|moderator|admin] [--password-stdin]
      Makes an account, also where registration is off. The password is made up and printed once.
  reset-password <name> [--password-stdin]
      Gives an account another password, made up and printed once, and logs it out everywhere.
  promote <name> user|moderator|admin
      Gives a role in place of the one before, to an account or to a user of another issuer.
  token <name> [--hours <n>]
      Prints an access token for an account, good for an hour, or for n hours up to 720; with npm run --silent nothing
      else.
  revoke <name> [--since <time>]
      Revokes all tokens of a person that were signed before now, or before a time, and ends the logins of an account.
      A time is like 2026-01-31T18:00:00Z, or milliseconds since the epoch.
  revoke --token <id>
      Revokes one token by its id (jti), or the tokens of a login by its session (session:…).
  rotate-keys
      Makes a new key that tokens are signed with from now on. What older keys signed stays good until it ends.
  help
      Shows this.

  --password-stdin reads the password from standard input; on the command line others could see it.
  Where a name is asked for, the id of a person will do.

Exit codes: 0 done, 1 not done (one line says why), 2 used wrongly.
`;
