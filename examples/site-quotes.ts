// Quotes for the example site; all of them are in the public domain.

export interface Author {
  name: string;
  lived: string;
  about: string;
}

export interface Quote {
  text: string;
  /** Key of {@link AUTHORS}. */
  author: string;
  tags: string[];
}

/** The authors, by the last part of their page's address. */
export const AUTHORS: Record<string, Author> = {
  austen: { name: 'Jane Austen', lived: '1775-1817', about: 'English novelist of manners and of irony.' },
  dickinson: {
    name: 'Emily Dickinson',
    lived: '1830-1886',
    about: 'American poet of short lines and long dashes.',
  },
  douglass: { name: 'Frederick Douglass', lived: '1818-1895', about: 'American orator who fought slavery.' },
  emerson: { name: 'Ralph Waldo Emerson', lived: '1803-1882', about: 'American essayist and lecturer.' },
  franklin: {
    name: 'Benjamin Franklin',
    lived: '1706-1790',
    about: 'American printer, inventor and statesman.',
  },
  howitt: { name: 'Mary Howitt', lived: '1799-1888', about: 'English poet who gave the spider a parlour.' },
  scott: { name: 'Walter Scott', lived: '1771-1832', about: 'Scottish poet and historical novelist.' },
  shakespeare: {
    name: 'William Shakespeare',
    lived: '1564-1616',
    about: 'English playwright, actor and poet.',
  },
  thoreau: {
    name: 'Henry David Thoreau',
    lived: '1817-1862',
    about: 'American naturalist who lived by a pond.',
  },
  whitman: { name: 'Walt Whitman', lived: '1819-1892', about: 'American poet of free verse.' },
  wilde: { name: 'Oscar Wilde', lived: '1854-1900', about: 'Irish playwright and wit.' },
};

export const QUOTES: Quote[] = [
  quote('scott', 'O what a tangled web we weave, when first we practise to deceive!', 'web', 'truth'),
  quote(
    'whitman',
    "A noiseless patient spider, I mark'd where on a little promontory it stood isolated.",
    'spiders',
  ),
  quote('howitt', '"Will you walk into my parlour?" said the Spider to the Fly.', 'spiders', 'hospitality'),
  quote('shakespeare', 'The web of our life is of a mingled yarn, good and ill together.', 'web', 'life'),
  quote('austen', 'I declare after all there is no enjoyment like reading!', 'books'),
  quote('thoreau', 'Time is but the stream I go a-fishing in.', 'time'),

  quote('shakespeare', 'Brevity is the soul of wit.', 'wit'),
  quote('wilde', 'I can resist everything except temptation.', 'wit', 'temptation'),
  quote('franklin', 'Lost time is never found again.', 'time'),
  quote('emerson', 'Nothing great was ever achieved without enthusiasm.', 'work'),
  quote('dickinson', 'There is no frigate like a book to take us lands away.', 'books', 'travel'),
  quote('douglass', 'If there is no struggle there is no progress.', 'freedom'),

  quote('austen', 'One half of the world cannot understand the pleasures of the other.', 'people'),
  quote('thoreau', 'Simplify, simplify.', 'life'),
  quote('whitman', 'I am large, I contain multitudes.', 'people'),
  quote('emerson', 'A foolish consistency is the hobgoblin of little minds.', 'truth', 'wit'),
  quote('shakespeare', 'Better three hours too soon than a minute too late.', 'time'),
  quote('wilde', 'The truth is rarely pure and never simple.', 'truth', 'wit'),

  quote('dickinson', 'Hope is the thing with feathers that perches in the soul.', 'hope'),
  quote('emerson', 'Hitch your wagon to a star.', 'stars', 'hope'),
  quote('wilde', 'We are all in the gutter, but some of us are looking at the stars.', 'stars'),
  quote('austen', 'There is no charm equal to tenderness of heart.', 'people', 'love'),
  quote('thoreau', 'Rather than love, than money, than fame, give me truth.', 'truth', 'love'),
  quote('shakespeare', 'All that glisters is not gold.', 'truth'),

  quote('franklin', 'Early to bed and early to rise, makes a man healthy, wealthy and wise.', 'time', 'work'),
  quote('wilde', 'Experience is the name every one gives to their mistakes.', 'wit', 'life'),
  quote('emerson', 'To be great is to be misunderstood.', 'people'),
  quote('austen', 'Nobody minds having what is too good for them.', 'people', 'wit'),
  quote('dickinson', "Success is counted sweetest by those who ne'er succeed.", 'work'),
  quote(
    'thoreau',
    'A man is rich in proportion to the number of things which he can afford to let alone.',
    'life',
  ),
];

function quote(author: string, text: string, ...tags: string[]): Quote {
  return { author, text, tags };
}
