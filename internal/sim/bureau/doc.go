// Package bureau is a provider of checks that is not there: it tells whether a name and an identity number belong
// together, what stands in the business register, and whose an account is, over the exchange that package bureau of the
// product describes. It is written from that description and shares no code with the product.
//
// It knows the people, companies and accounts of its books ([Config]); what it knows is held against the question word by
// word. Of anybody else it says that all is right, unless a name or a number says otherwise:
//
//	name ends in   identity number,       account
//	               digits 15 to 17        ends in     answer
//	不符           901                    9001        mismatch: name (number, account)
//	查无           902                    9002        no record
//	繁忙           903                    9003        busy, each time
//	稍候           904                    9004        busy the first time, then match
//	停机           905                    9005        cuts the connection
//
// A company's state is told too: a name that ends in 注销 is off the register, a mismatch of "state".
//
// A question that is asked again under its number has the same answer and costs once; another question under the number
// is refused (409). Wrong signatures, times further off than five minutes, nonces that were seen and unknown clients are
// refused (401) and counted. Signatures go by the wall clock, what is written down by the demo's.
//
// Faults are those of package kit. "decline" is busy, "wrong_amount" turns the outcome round, and "duplicate" does nothing,
// as HTTP has one answer to a question.
//
// The books hold hashes of questions and no numbers of people.
package bureau
