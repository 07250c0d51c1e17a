/** Reads a stream of server-sent events, as a browser would. */
import { get, type IncomingMessage } from "node:http";
import { until } from "../../../support/until";

export interface Message {
  readonly event: string;
  readonly data: unknown;
}

export interface EventClient {
  readonly response: IncomingMessage;
  readonly messages: Message[];
  /** The data of the first message of an event that fits, from the beginning. */
  message<T>(event: string, fits?: (data: T) => boolean): Promise<T>;
  readonly ended: Promise<void>;
  close(): void;
}

export async function openEvents(url: string): Promise<EventClient> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).once("error", reject));
  const messages: Message[] = [];
  let rest = "";
  response.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop() ?? "";
    messages.push(...parts.flatMap(messageOf));
  });
  return {
    response,
    messages,
    message: <T>(event: string, fits: (data: T) => boolean = () => true) =>
      until(
        `event ${event}`,
        () => messages.find((one) => one.event === event && fits(one.data as T))?.data as T | undefined,
      ),
    ended: new Promise((resolve) => response.once("close", resolve)),
    close: () => void response.destroy(),
  };
}

function messageOf(text: string): Message[] {
  const match = /^event: (\w+)\ndata: (.*)$/s.exec(text);
  return match === null ? [] : [{ event: match[1] ?? "", data: JSON.parse(match[2] ?? "") }];
}
