/** Load balancers: of clusters, of the control API, and of Kubernetes Services. */
export { LoadBalancers, type LoadBalancersOptions } from "./load-balancers";
