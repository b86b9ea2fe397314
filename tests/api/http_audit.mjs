// Prints what graphql-http finds about an endpoint: node http_audit.mjs URL TOKEN
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const found = await auditServer({ url, fetchFn });
console.log(JSON.stringify(found.map(({ name, status, reason }) => ({ name, status, reason }))));
