/** Address ranges that Google publishes and that firewalls and network policies name. */

/** What health checks of load balancers and of autohealing come from. */
export const HEALTH_CHECK_RANGES = ["35.191.0.0/16", "130.211.0.0/22"] as const;
