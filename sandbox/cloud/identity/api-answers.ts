/** How Google's APIs answer. Pure. */
import { json, type Answer } from "../../issuer/listener";

const STATUS = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
} as const;

/** An error, as all of Google's APIs tell it. */
export function apiError(code: keyof typeof STATUS, message: string, status: string = STATUS[code]): Answer {
  return { ...json({ error: { code, message, status } }), status: code };
}

/** To a request without a token that is good. */
export const UNAUTHENTICATED: Answer = apiError(
  401,
  "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
);
