import { Router } from 'express';
import type { ScrapyCloudOptions } from '../options.ts';

/** The API of the dashboard, below `/api`. */
export function dashRoutes(_options: ScrapyCloudOptions): Router {
  return Router({ caseSensitive: true, strict: true });
}
