// The page's policy admits a style element only with the nonce of the answer (see embed.go). Ant Design is told the
// nonce, but some parts beneath it (the lock of the page's scrolling behind a dialog, for one) write styles without
// asking: hence every style element is given it as it is made.

/** nonce is the one that the server wrote into this page; empty while developing. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

/** signStyles gives the nonce to every style element made from now on. */
export function signStyles(): void {
  const create = document.createElement.bind(document)
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }) as typeof document.createElement
}
