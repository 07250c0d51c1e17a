/** Gauges that are counted in the store: periodically and by bounded queries, however often Prometheus asks. */
import type { Pool } from "pg";
import { Gauge, type Registry } from "prom-client";
import { PHASES, FINAL_PHASES } from "../../contracts/transfers";
import { LEASE_MS } from "../nodes/list";

/** Prometheus asks every half minute or so. */
const PERIOD_MS = 15_000;
/** Every count stops here, so that none takes longer than some tens of milliseconds. */
const COUNT_LIMIT = 200_000;

const OPEN_PHASES = PHASES.filter((phase) => !(FINAL_PHASES as readonly string[]).includes(phase));

/** A gauge, the statement that it is counted by, and the labels in the statement's columns; the figure is in column `value`. */
interface StoreGauge {
  readonly gauge: Gauge;
  readonly labels: readonly string[];
  readonly statement: string;
  readonly values?: readonly unknown[];
}

export class StoreGauges {
  private readonly gauges: readonly StoreGauge[];
  private readonly reachable: Gauge;
  private timer: NodeJS.Timeout | undefined;
  private counting: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    registry: Registry,
    private readonly periodMs = PERIOD_MS,
  ) {
    this.gauges = definitions(registry);
    const help = "Whether the store answered when it was last asked; the figures from it are as old as that";
    this.reachable = new Gauge({ name: "resolution_store_reachable", help, registers: [registry] });
  }

  start(): void {
    this.count();
    this.timer = setInterval(() => this.count(), this.periodMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.counting;
  }

  private count(): void {
    this.counting ??= this.countAll().finally(() => (this.counting = undefined));
  }

  /** One after another, on one connection at most. What cannot be counted keeps its figure. */
  private async countAll(): Promise<void> {
    try {
      for (const gauge of this.gauges) await this.countOne(gauge);
      this.reachable.set(1);
    } catch {
      this.reachable.set(0);
    }
  }

  private async countOne({ gauge, labels, statement, values = [] }: StoreGauge): Promise<void> {
    const { rows } = await this.pool.query<Record<string, string>>(statement, [...values]);
    gauge.reset();
    for (const row of rows)
      gauge.set(Object.fromEntries(labels.map((name) => [name, row[name] ?? ""])), Number(row.value));
  }
}

function definitions(registry: Registry): StoreGauge[] {
  const define = (name: string, help: string, labels: readonly string[], statement: string, values?: unknown[]) => ({
    gauge: new Gauge({ name, help, labelNames: labels, registers: [registry] }),
    labels,
    statement,
    ...(values && { values }),
  });
  return [
    define(
      "resolution_transfers",
      `Transfers that have not ended, by phase; counted up to ${COUNT_LIMIT} each`,
      ["phase"],
      `select phase, (select count(*) from (select from transfers t where t.phase = open.phase limit ${COUNT_LIMIT}) counted) as value
       from unnest($1::text[]) as open (phase)`,
      [OPEN_PHASES],
    ),
    define(
      "resolution_transfer_oldest_seconds",
      "Time that the oldest transfer of a phase has been in it, by the service clock",
      ["phase"],
      `select phase, coalesce((select (elapsed_ms - phase_since_ms) / 1000.0 from transfers t
                               where t.phase = open.phase order by phase_since_ms limit 1), 0) as value
       from unnest($1::text[]) as open (phase), service_clock`,
      [OPEN_PHASES],
    ),
    define(
      "resolution_tombstones",
      `Tombstones alive, by the cluster that holds them; counted up to ${COUNT_LIMIT} each`,
      ["holder"],
      `select name as holder, (select count(*) from (select from tombstones where holder = name limit ${COUNT_LIMIT}) counted) as value
       from clusters`,
    ),
    define(
      "resolution_users",
      "Users by home cluster",
      ["cluster"],
      "select name as cluster, users as value from clusters",
    ),
    define(
      "resolution_users_max",
      "Most users that a cluster takes",
      ["cluster"],
      "select name as cluster, (document->>'maxUsers')::int as value from clusters",
    ),
    define(
      "resolution_node_lag_revisions",
      "Revisions from what a node has acknowledged to the last entry of its scope; 0 for one that is up to date",
      ["scope", "node"],
      `select nodes.scope, name as node, greatest(0, coalesce(head.revision, 0) - applied_revision) as value
       from nodes
       join (select distinct on (scope) scope from nodes) as scopes using (scope)
       left join lateral (
         select revision from feed where feed.scope = scopes.scope order by revision desc limit 1
       ) head on true`,
    ),
    define(
      "resolution_node_live",
      "Whether a node is connected and was heard of within the lease",
      ["scope", "node"],
      `select scope, name as node, (connected and seen_ms > elapsed_ms - ${LEASE_MS})::int as value from nodes, service_clock`,
    ),
  ];
}
