// Version 7: why a run computes where it does, in the words of the choice.

export const deviceReason = `
ALTER TABLE runs ADD COLUMN device_reason TEXT NOT NULL DEFAULT '';
`;
