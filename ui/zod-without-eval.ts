import { z } from 'zod';

// The one import with an effect, and the first of main.tsx: a zod schema tries to generate code while it is being built, which
// the content security policy forbids and reports. It must be told before any module with schemas is evaluated.
z.config({ jitless: true });
