/** Style sheets are bundled into one file beside the page's script. */
declare module '*.css';
