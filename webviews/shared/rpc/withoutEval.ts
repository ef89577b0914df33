import * as z from 'zod';

// zod compiles its parsers with `new Function` where it may. A page may not (its policy allows no eval), and even
// the attempt is reported as a violation. To be imported ahead of every module that defines messages.
z.config({ jitless: true });
