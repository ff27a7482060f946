import { call } from '../api/client'
import { Loaded } from '../ui/loaded'
import { Money } from '../ui/value'
import { useWords } from '../words/words'

/** Unsettled lists what keeps a merchant from being closed. */
export function Unsettled({ id }: { id: string }) {
  const { t, word } = useWords()
  return (
    <section>
      <h3>{t('leaving.title')}</h3>
      <Loaded name={['/v1/merchants', 'unsettled', id]} load={(signal) => call('get', '/v1/merchants/{id}/unsettled', { path: { id }, signal })}>
        {({ data }) =>
          data.length === 0 ? (
            <p>{t('leaving.nothing')}</p>
          ) : (
            <ul className="rows">
              {data.map(({ kind, name, state, amount_fen }) => (
                <li key={`${kind} ${name}`}>
                  <div>
                    <strong>{word('unsettled', kind)}</strong>{' '}
                    {kind === 'balance' ? word('book', name.split(':').at(-1)!) : kind === 'service' ? word('service_kind', name) : name}
                  </div>
                  {kind === 'balance' ? <Money fen={amount_fen} /> : <span>{word(kind === 'service' ? 'service_state' : 'terminal_state', state)}</span>}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}
