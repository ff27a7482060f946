/** Speakers. */
export const notice = {
  'action.speaker.made': 'Speaker added',
  'action.speaker.changed': 'Speaker changed',
  'action.speaker.reset': 'Speaker password reset',
  'action.speaker.on': 'Speaker switched on',
  'action.speaker.off': 'Speaker switched off',
  'problem.speaker_not_found': 'There is no such speaker.',
  'problem.speaker_invalid': 'A speaker needs a name of 1 to 60 characters and speaks Chinese or English.',
  'problem.speaker_state': 'The speaker is in this state already.',
  'problem.too_many_speakers': 'A merchant has 200 speakers at most: use one that is there.',
  'problem.speaker_refused': 'User name or password is wrong.',
}
