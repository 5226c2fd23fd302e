/** What `report:list` asks for, of one channel or of all. */
import Type from 'typebox';

const MAX_LIMIT = 50;

/** In which state, behind which one, and how many. */
export const ReportListData = Type.Object({
  state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('claimed'), Type.Literal('resolved')])),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT })),
});
