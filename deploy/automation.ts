/** The Automation API, loaded when the first stack is worked on: that takes longer than all else that the short commands do. */
import type * as Automation from "@pulumi/pulumi/automation";

export function loadAutomation(): typeof Automation {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand, see above
  return require("@pulumi/pulumi/automation") as typeof Automation;
}
