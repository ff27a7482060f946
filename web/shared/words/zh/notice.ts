/** Speakers. */
export const notice = {
  'action.speaker.made': '添加音箱',
  'action.speaker.changed': '修改音箱',
  'action.speaker.reset': '重置音箱密码',
  'action.speaker.on': '启用音箱',
  'action.speaker.off': '停用音箱',
  'problem.speaker_not_found': '没有这台音箱。',
  'problem.speaker_invalid': '音箱需要一个 1 到 60 字的名称，并选择中文或英文。',
  'problem.speaker_state': '音箱已是这个状态。',
  'problem.too_many_speakers': '一个商户最多 200 台音箱，请改用已有的音箱。',
  'problem.speaker_refused': '用户名或密码不对。',
}
