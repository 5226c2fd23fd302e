/** The page at `/docs`: what Swagger UI is started with. Addresses are relative, so that it works below a path, too. */

/**
 * Only what is served here, and no script that stands in the page itself. Swagger UI draws its arrows from `data:`
 * pictures in its style sheet.
 */
export const DOCS_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Files of Swagger UI that the page takes. */
export const DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** Name of {@link DOCS_SCRIPT}. */
export const DOCS_SCRIPT_NAME = 'start.js';

/** The page. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Hubbub: the API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/${DOCS_SCRIPT_NAME}" type="module"></script>
  </head>
  <body>
    <main id="docs">
      <p>The API of this server is described by <a href="openapi.json">openapi.json</a>, which this page shows with
      JavaScript.</p>
    </main>
  </body>
</html>
`;

/** Starts it on the description of the server that the page came from, however that is reached. */
export const DOCS_SCRIPT = `const base = new URL('.', document.baseURI).href.replace(/\\/$/, '');
const answer = await fetch(base + '/openapi.json');
const spec = { ...(await answer.json()), servers: [{ url: base }, { url: base + '/api' }] };
SwaggerUIBundle({
  domNode: document.getElementById('docs'),
  spec,
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // It would ask a server of its own whether the description is valid.
  validatorUrl: null,
});
`;
