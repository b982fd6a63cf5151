import { Router } from 'express';
import type { ScrapyCloudOptions } from '../options.ts';

/** The storage: queue, metadata, and what runs leave. */
export function storageRoutes(_options: ScrapyCloudOptions): Router {
  return Router({ caseSensitive: true, strict: true });
}
