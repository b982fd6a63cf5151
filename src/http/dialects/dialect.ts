import type { Request, Router } from 'express';
import type { ErrorForm } from '../error-form.ts';

/** One product's HTTP API. */
export interface Dialect {
  router: Router;
  /** How its clients are told of faults, also of those that come up before its routes. */
  errors: ErrorForm;
  /** Whether a request is for this dialect. */
  owns: (req: Request) => boolean;
}
