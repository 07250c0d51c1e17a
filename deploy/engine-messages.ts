/** What the engine says when it cannot even begin, in words that name the remedy. */
import { shorten } from "../preview/diagnostics";

interface Rule {
  readonly when: RegExp;
  /** The message; `said` is what the engine said. */
  readonly say: (said: string, backend: string) => string;
}

const RULES: readonly Rule[] = [
  {
    when: /passphrase must be set/,
    say: () =>
      "no passphrase: the stack's secrets are encrypted with one; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  },
  {
    when: /incorrect passphrase/,
    say: () =>
      "wrong passphrase: it does not decrypt the stack's secrets; check PULUMI_CONFIG_PASSPHRASE and PULUMI_CONFIG_PASSPHRASE_FILE",
  },
  {
    when: /PULUMI_ACCESS_TOKEN must be set|not logged in|no current backend/i,
    say: () =>
      "pulumi is not logged in to a backend: run pulumi login gs://<state bucket>, or set PULUMI_BACKEND_URL; --cloud records needs neither",
  },
  {
    when: /the stack is currently locked by/,
    say: (said) =>
      `${said.replace(/^error: /, "")}\nWhen none of these runs any more, remove the lock with: pulumi cancel --stack <stack>`,
  },
  {
    when: /unable to open bucket|unable to check if bucket|credentials|no such host|connection refused|no answer within|dial tcp|i\/o timeout/i,
    say: (said, backend) =>
      `cannot reach the backend (${backend}): ${said.replace(/^error: /, "")}\nCheck that it exists, PULUMI_BACKEND_URL, the network and your credentials`,
  },
];

/** One message for what the CLI wrote to its error output before it gave up. */
export function explainEngineError(stderr: string, backend: string): string {
  const said = shorten(stderr);
  return RULES.find(({ when }) => when.test(stderr))?.say(said, backend) ?? said.replace(/^error: /, "");
}
