/** Cloud SQL. */
export { CloudSql, type CloudSqlOptions } from "./cloud-sql";
export { removeAllData } from "./data-folder";
