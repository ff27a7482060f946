import { useParams } from 'react-router'
import { PageHeader } from '../../shared/ui/block'
import { One } from './apply'

/** Component is one application of a merchant that an agent brings. */
export function Component() {
  const { id = '' } = useParams()
  return (
    <>
      <PageHeader title="apply.title" about="agents.application_about" />
      <One id={id} />
    </>
  )
}
