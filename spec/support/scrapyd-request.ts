/** A request, as both are sent it. `{name}` in its texts stands for a jobid or a path that is known only then. */
export interface Ask {
  /** Method and address: `GET /status.json?job={first}`. */
  ask: string;
  /** An urlencoded form, as it is sent. */
  form?: string;
  /** A multipart form. */
  parts?: Record<string, string | Buffer>;
  headers?: Record<string, string>;
  /** The name that the `jobid` of the answer gets. */
  saves?: string;
  /** Status and headers matter, what is in it does not: a page, a log. */
  headOnly?: true;
  /** What Orbweaver answers otherwise, and why. */
  differs?: Difference;
}

/** What Orbweaver answers otherwise, and why. */
export interface Difference {
  why: string;
  status?: number;
  headers?: Patch;
  /** What is otherwise in its JSON. */
  body?: Patch;
}

/** By name or index what stands there instead; undefined where nothing does. */
export interface Patch {
  [key: string]: Patch | string | number | string[] | null | undefined;
}

/** What is done between requests: waiting for a job's state or for a text in an answer, and ending a spider's wait. */
export type Step =
  Ask | { until: string; is: 'running' | 'finished' } | { seen: string; at: string } | { release: string };

/** What matters of an answer, the same for both where they agree. */
export interface Answered {
  status: number;
  headers: Record<string, string>;
  /** Its JSON, else its text. */
  body: unknown;
}

/** What a side knows by name: jobids that it gave, paths. */
export type Known = Map<string, string>;
