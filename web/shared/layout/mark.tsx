/** Mark is the sign of the house: one stroke (一) and the coin that it counts. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden>
      <rect width="32" height="32" rx="8" />
      <path d="M7 18.5h18" />
      <circle cx="16" cy="10.5" r="2.6" />
    </svg>
  )
}
