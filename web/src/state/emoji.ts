/** The emoji that the page offers, by what they are called. A modest list: whatever else one types is sent as it is. */

/** `name` stands between colons as a short code. */
export interface Emoji {
  readonly emoji: string;
  readonly name: string;
}

const LIST = `
😀 grinning|😄 smile|😁 grin|😅 sweat_smile|😂 joy|🤣 rofl|🙂 slight_smile|😉 wink|😊 blush|😇 innocent|😍 heart_eyes
😘 kiss|😋 yum|😜 tongue|🤪 zany|🤗 hug|🤔 thinking|🤨 raised_eyebrow|😐 neutral|😏 smirk|🙄 eye_roll|😬 grimace|😌 relieved
😴 sleeping|😷 mask|🤒 sick|🥵 hot|🥶 cold|😵 dizzy|🤯 mind_blown|🥳 party|😎 cool|🤓 nerd|😕 confused|😟 worried|😮 open_mouth
😳 flushed|🥺 pleading|😢 cry|😭 sob|😱 scream|😤 triumph|😡 rage|🤬 swearing|💀 skull|💩 poop|🤡 clown|👻 ghost|👽 alien|🤖 robot
👋 wave|👌 ok_hand|✌️ victory|🤞 fingers_crossed|🤘 metal|👈 point_left|👉 point_right|👆 point_up|👇 point_down|👍 +1|👎 -1
✊ fist|👏 clap|🙌 raised_hands|👐 open_hands|🤝 handshake|🙏 pray|💪 muscle|👀 eyes|🧠 brain|🤷 shrug|🤦 facepalm
❤️ heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart|💔 broken_heart|💯 100
🐶 dog|🐱 cat|🐭 mouse|🦊 fox|🐻 bear|🐼 panda|🐧 penguin|🦆 duck|🦉 owl|🐝 bee|🦋 butterfly|🐢 turtle|🐙 octopus|🐳 whale|🦄 unicorn
🌱 seedling|🌲 tree|🌵 cactus|🌹 rose|🌻 sunflower|🍀 four_leaf_clover|🌍 earth|🌙 moon|☀️ sun|⭐ star|🌈 rainbow|❄️ snowflake|⚡ zap|🔥 fire|💧 droplet
🍎 apple|🍌 banana|🍓 strawberry|🥑 avocado|🍞 bread|🧀 cheese|🍔 burger|🍕 pizza|🍜 noodles|🍣 sushi|🍪 cookie|🎂 cake|🍫 chocolate|☕ coffee|🍵 tea|🍺 beer|🍻 cheers|🍷 wine
⚽ soccer|🏀 basketball|🎾 tennis|🏆 trophy|🎮 game|🎲 dice|🎯 dart|🎸 guitar|🎵 music|🎨 art|🎬 movie|🎁 gift|🎈 balloon|🎉 tada|🎃 pumpkin|🎄 christmas_tree
🚗 car|🚲 bike|🚆 train|✈️ airplane|🚀 rocket|🏠 house|⏰ alarm|💻 laptop|📱 phone|📷 camera|💡 bulb|🔧 wrench|🔨 hammer|🔒 lock|🔑 key|📎 paperclip|📌 pin|📅 calendar|📈 chart_up|📉 chart_down|📝 memo|📚 books|💰 money
✅ check|❌ x|❓ question|❗ exclamation|⚠️ warning|🚧 construction|♻️ recycle|➕ plus|➖ minus|🆗 ok|🆕 new|🐛 bug|🚢 ship
`;

export const EMOJI: readonly Emoji[] = LIST.trim()
  .split(/[|\n]/u)
  .map((entry) => {
    const [emoji = '', name = ''] = entry.split(' ');
    return { emoji, name };
  });

/** Emoji whose names hold `text`, those that begin so first. */
export function findEmoji(text: string): readonly Emoji[] {
  const wanted = text.toLowerCase();
  const begins = EMOJI.filter(({ name }) => name.startsWith(wanted));
  return [...begins, ...EMOJI.filter(({ name }) => !name.startsWith(wanted) && name.includes(wanted))];
}
