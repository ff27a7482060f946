// Passkeys (WebAuthn Level 2): what the API sends as base64url becomes bytes for the browser, and the other way round.

/** passkeysWork tells whether this browser can use passkeys on this page. */
export function passkeysWork(): boolean {
  return isSecureContext && typeof PublicKeyCredential === 'function'
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

export function base64url(buffer: ArrayBuffer): string {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)))
  return plain.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

interface Descriptor {
  type: 'public-key'
  id: string
  transports?: AuthenticatorTransport[]
}

type Wire<T, Bytes extends keyof T> = Omit<T, Bytes>

interface CreationOptions extends Wire<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> {
  challenge: string
  user: { id: string; name: string; displayName: string }
  excludeCredentials?: Descriptor[]
}

interface RequestOptions extends Wire<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> {
  challenge: string
  allowCredentials?: Descriptor[]
}

/** unwrap takes the options out of { publicKey }, in which some servers send them. */
function unwrap<T>(options: unknown): T {
  return (options as { publicKey?: T }).publicKey ?? (options as T)
}

const described = (list?: Descriptor[]) => list?.map((item) => ({ ...item, id: bytes(item.id) }))

/** makePasskey has the browser make a key pair and returns what the API wants to know of it. */
export async function makePasskey(options: unknown): Promise<Record<string, unknown>> {
  const wire = unwrap<CreationOptions>(options)
  const made = (await navigator.credentials.create({
    publicKey: {
      ...wire,
      challenge: bytes(wire.challenge),
      user: { ...wire.user, id: bytes(wire.user.id) },
      excludeCredentials: described(wire.excludeCredentials),
    },
  })) as PublicKeyCredential
  const response = made.response as AuthenticatorAttestationResponse
  return {
    id: made.id,
    rawId: base64url(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment ?? undefined,
    clientExtensionResults: made.getClientExtensionResults(),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** showPasskey has the browser sign the API's challenge. */
export async function showPasskey(options: unknown): Promise<Record<string, unknown>> {
  const wire = unwrap<RequestOptions>(options)
  const used = (await navigator.credentials.get({
    publicKey: { ...wire, challenge: bytes(wire.challenge), allowCredentials: described(wire.allowCredentials) },
  })) as PublicKeyCredential
  const response = used.response as AuthenticatorAssertionResponse
  return {
    id: used.id,
    rawId: base64url(used.rawId),
    type: used.type,
    authenticatorAttachment: used.authenticatorAttachment ?? undefined,
    clientExtensionResults: used.getClientExtensionResults(),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
      userHandle: response.userHandle ? base64url(response.userHandle) : undefined,
    },
  }
}
