import { flag, integer, optionalText, section } from '../shapes.ts'

export const email = section('The server that sends mail. Without host no mail is sent.', {
  host: optionalText('The name of the SMTP server.'),
  port: integer('Its port.', 587, { min: 1, max: 65_535 }),
  tls: flag('Whether the connection must be encrypted.', true),
  user: optionalText('The account there, if it wants one.'),
  password: optionalText('The password of that account.', { secret: true }),
  from: optionalText('The sender of our mail, such as "Hearth <noreply@example.org>".', {
    complain: (value) => (value.includes('@') ? undefined : 'must be a mail address such as noreply@example.org'),
  }),
})
