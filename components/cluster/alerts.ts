import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { publicPorts } from "../ports";
import { alertRules, uptimeRule, type AlertRule } from "./alert-rules";
import { labelsIn, type ClusterScope } from "./scope";

/** Shortest time between two messages about the same log entries. */
const LOG_RATE_LIMIT = "3600s";
/** An incident that nothing is heard of closes after a day. */
const AUTO_CLOSE = "86400s";

export interface AlertsArgs {
  readonly scope: ClusterScope;
  /** Public address of the hosting load balancer. */
  readonly hostingAddress: pulumi.Input<string>;
}

/**
 * The watch over one cluster: an uptime check from all over the world on its hosting address, and alerts to the environment's
 * operators. Each cluster has channels of its own, so that muting one leaves the others heard.
 */
export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, { scope, hostingAddress }: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:Alerts", name, {}, opts);
    const channels = scope.environment.operators.emails.map((email) => this.channel(name, scope, email));
    const check = this.uptimeCheck(name, scope, hostingAddress);
    for (const rule of [uptimeRule(check.uptimeCheckId), ...alertRules(scope)])
      this.policy(name, scope, channels, rule);
    this.registerOutputs({});
  }

  private channel(name: string, scope: ClusterScope, email: string): pulumi.Output<string> {
    const channel = new gcp.monitoring.NotificationChannel(
      `${name}-to-${email}`,
      {
        project: scope.project,
        displayName: `${placeOf(scope)}: ${email}`,
        type: "email",
        labels: { email_address: email },
        userLabels: labelsIn(scope, "alerts"),
      },
      { parent: this },
    );
    return channel.name;
  }

  private uptimeCheck(name: string, scope: ClusterScope, host: pulumi.Input<string>): gcp.monitoring.UptimeCheckConfig {
    return new gcp.monitoring.UptimeCheckConfig(
      `${name}-uptime-check`,
      {
        project: scope.project,
        displayName: `${placeOf(scope)}: hosting address`,
        monitoredResource: { type: "uptime_url", labels: { project_id: scope.project, host } },
        httpCheck: {
          path: "/",
          port: publicPorts.http,
          // An edge that is asked for a bare address knows no such app, and says so: that is an answer.
          acceptedResponseStatusCodes: [{ statusClass: "STATUS_CLASS_2XX" }, { statusValue: 404 }],
        },
        period: "60s",
        timeout: "10s",
        userLabels: labelsIn(scope, "uptime"),
      },
      { parent: this },
    );
  }

  private policy(
    name: string,
    scope: ClusterScope,
    notificationChannels: pulumi.Output<string>[],
    rule: AlertRule,
  ): void {
    new gcp.monitoring.AlertPolicy(
      `${name}-${rule.role}`,
      {
        project: scope.project,
        displayName: `${placeOf(scope)}: ${rule.title}`,
        severity: rule.severity,
        combiner: "OR",
        conditions: rule.conditions,
        notificationChannels,
        alertStrategy: {
          autoClose: AUTO_CLOSE,
          ...(rule.fromLogs && { notificationRateLimit: { period: LOG_RATE_LIMIT } }),
        },
        documentation: { subject: `${placeOf(scope)}: ${rule.title}`, content: rule.help, mimeType: "text/markdown" },
        userLabels: labelsIn(scope, rule.role),
      },
      { parent: this },
    );
  }
}

/** What an operator reads first: which failure domain it is. */
function placeOf({ environment, cluster }: ClusterScope): string {
  return `${environment.name} ${cluster}`;
}
