/** How far a group is. Pure, but for the time. */
import { SETTLED, type Standing } from "../../controller";

/** What of a VM tells how far its group is. */
export interface Progress {
  readonly name: string;
  readonly template: { readonly id: string };
  readonly healthy: boolean;
  readonly leaving: string | undefined;
  readonly trouble: string;
  hopelessMs(): number | undefined;
}

/** An image may come a little after the template that names it. */
const PATIENCE_MS = 30_000;

/** Settled once all instances are made of the template and healthy, and no other is left. */
export function standingOf(vms: readonly Progress[], size: number, template: string): Standing {
  const current = vms.filter((vm) => vm.template.id === template && vm.leaving === undefined);
  const ailing = current.filter(({ healthy }) => !healthy);
  const reason = ailing.map(({ name, trouble }) => `${name}: ${trouble}`).join("; ");
  const hopeless = current.filter((vm) => (vm.hopelessMs() ?? 0) > PATIENCE_MS);
  if (hopeless.length > 0 && hopeless.length === current.length) return { is: "failed", because: reason };
  if (ailing.length > 0) return { is: "pending", because: reason };
  const others = vms.filter((vm) => !current.includes(vm)).map(({ name, leaving }) => `${name} is ${whatOf(leaving)}`);
  if (others.length > 0) return { is: "pending", because: others.join("; ") };
  if (current.length === size) return SETTLED;
  return { is: "pending", because: `${current.length} of ${size} instances are there` };
}

function whatOf(leaving: string | undefined): string {
  return leaving === undefined ? "still of another template" : `being ${leaving}`;
}
