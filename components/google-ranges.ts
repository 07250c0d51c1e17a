/** Address ranges that Google publishes and that firewalls and network policies name. */

/** What health checks of load balancers and of autohealing come from. */
export const HEALTH_CHECK_RANGES = ["35.191.0.0/16", "130.211.0.0/22"] as const;

/**
 * Where Identity-Aware Proxy forwards TCP from, after it has checked the caller's identity:
 * https://cloud.google.com/iap/docs/using-tcp-forwarding
 */
export const IAP_RANGE = "35.235.240.0/20";
