import { notAWebUrl } from '../complaints.ts'
import { flag, list, optionalText, requiredText, section, text } from '../shapes.ts'

const policy = section('One document in one language.', {
  id: requiredText('The name of the document, such as privacy_policy.', { complain: notAPolicyId }),
  version: requiredText('Its version; people agree to each new one.'),
  language: text('The language code.', 'en'),
  name: requiredText('Its title for people.'),
  url: requiredText('Where it can be read.', { complain: notAWebUrl }),
})

function notAPolicyId(value: string): string | undefined {
  return /^[a-z0-9_]{1,64}$/.test(value) ? undefined : 'must be of the letters a to z, digits and _'
}

export const registration = section('Who may make an account.', {
  enabled: flag('Whether people may register by themselves. On in a trial.', false),
  tokens_required: flag('Whether they need a registration token.', false),
  guests: flag('Whether guests without an account are let in.', false),
  shared_secret: optionalText('Lets scripts that know it register accounts, as with Synapse.', { secret: true }),
  policies: list('Documents that people agree to when they register.', policy, []),
})
