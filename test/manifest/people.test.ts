import { expect, test } from 'vitest';
import { eachPerson, readPeople } from '../../src/manifest/people.ts';

const read = (text: string) => readPeople(text, 'people.csv');
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN';

test('readPeople reads names, e-mail addresses, keys and notebooks, with the line of each person', async () => {
  const text = `name,email,key,notebook\nanna,anna@example.org,keys/anna.pub,\nbert,,"${key} bert, at home",lab-1\n`;
  expect(await read(text)).toEqual([
    {
      name: 'anna',
      email: 'anna@example.org',
      key: 'keys/anna.pub',
      notebook: undefined,
      position: 'people.csv, line 2',
    },
    {
      name: 'bert',
      email: undefined,
      key: `${key} bert, at home`,
      notebook: 'lab-1',
      position: 'people.csv, line 3',
    },
  ]);
});

test.each([
  ['a byte order mark', '\ufeffname,email\nanna,a@x.org\n'],
  ['an apostrophe in an address', "name,email\nanna,a@x.org\nseán,o'brien@x.org\n"],
  ['CRLF', 'name,email\r\nanna,a@x.org\r\n'],
  ['semicolons', 'name;email\nanna;a@x.org'],
  ['tabs', 'name\temail\nanna\ta@x.org'],
  ['other columns first, in capitals, with spaces', ' E-Mail , NAME\n a@x.org , Anna '],
  ['empty lines and cells', '\nname,email,,\n,,,\nanna,a@x.org,,\n\n'],
  ['quotes and a line break in a value', 'name,email,"key"\n"anna","a@x.org","line\nbreak"'],
])('readPeople reads a list with %s', async (_, text) => {
  expect(await read(text)).toContainEqual(
    expect.objectContaining({ name: 'anna', email: 'a@x.org' }),
  );
});

test.each([
  ['Anna Müller', 'anna-muller'],
  ["Seán O'Brien", 'sean-obrien'],
  ['Łukasz  Groß', 'lukasz-gross'],
  ['J. van der Berg', 'j-van-der-berg'],
  ['dr.who_2', 'dr.who_2'],
  ['Anna-', 'anna'],
])('%s is the guest %s', async (written, name) => {
  expect(await read(`name\n"${written}"\n`)).toMatchObject([{ name }]);
});

test.each([
  ['an empty file', '', 'people.csv lists no people.'],
  ['only a header', 'name,email\n', 'people.csv lists no people.'],
  ['no header', 'anna,a@x.org\nbert,b@x.org', "line 1: there is no column 'anna'."],
  ['an unknown column', 'name,kye\nanna,x', "line 1: there is no column 'kye'."],
  ['no column of names', 'email,key\na@x.org,k', 'line 1: the column name is missing.'],
  [
    'a column twice',
    'name,email,E-mail\nanna,a@x.org,',
    'line 1: the column email is there twice.',
  ],
  ['a person without a name', 'name,email\n,a@x.org', 'line 2: the name is missing.'],
  ['a value of no column', 'name\nanna,b', 'line 2: value 2 belongs to no column.'],
  [
    'two people of one name',
    'name\nanna\nbert\nanna',
    'line 2 and people.csv, line 4: two people are called anna.',
  ],
  [
    'two spellings of one name',
    'name\nAnna Müller\nanna-muller',
    'two people are called anna-muller.',
  ],
  [
    'one address twice',
    'name,email\nanna,A@x.org\nbert,a@x.org',
    'two people have the address a@x.org.',
  ],
  ['no e-mail address', 'name,email\nanna,=cmd()', "line 2: '=cmd()' is not an e-mail address."],
  ['a command as a name', 'name\n"$(rm -rf ~)"', "line 2: '$(rm -rf ~)' cannot be a guest's name."],
  ['an escape sequence in a name', 'name\nan\u001b[2Jna', "line 2: 'an?[2Jna' cannot"],
  ['a name that is too long', `name\n${'a'.repeat(33)}`, "cannot be a guest's name."],
  ['a name of dots, at once', `name\na${'.'.repeat(60_000)}`, "cannot be a guest's name."],
  ['a name of other letters', 'name\nАнна', "line 2: 'Анна' cannot be a guest's name."],
  ['an open quotation mark', 'name\n"anna\nbert\n', 'a quotation mark is not closed.'],
  ['a quotation mark in a value', 'name\nan"na\n', 'a quotation mark is in the middle of a value.'],
  ['text after a quotation mark', 'name\n"anna"x\n', 'more text after a closing quotation mark.'],
  [
    'a fault below a value of two lines, with CRLF',
    'name,key\r\nanna,"one\r\ntwo"\r\n@,x\r\n',
    "line 4: '@' cannot be a guest's name.",
  ],
  ['a very long line', `name\n${'a'.repeat(70_000)}`, 'a line is longer than 64 KiB.'],
  [
    'too many people',
    `name\n${Array.from({ length: 1_001 }, (_, at) => `p${at}`).join('\n')}`,
    'lists 1001 people; the limit is 1000.',
  ],
])('readPeople refuses %s', async (_, text, message) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(message),
  });
});

test('readPeople names all lines with a fault at once, at most ten of them', async () => {
  await expect(
    read('name,email\nanna,a@x.org\n,\nbert,@\nanna,\ncarl,A@x.org\n,b@x.org\n'),
  ).rejects.toMatchObject({
    message:
      "4 faults: people.csv, line 4: '@' is not an e-mail address; people.csv, line 2 and people.csv, line 5: two people are called anna; people.csv, line 2 and people.csv, line 6: two people have the address a@x.org; people.csv, line 7: the name is missing.",
  });
  await expect(read(`name,email\n${'anna,@\n'.repeat(30)}`)).rejects.toMatchObject({
    message: expect.stringMatching(/^30 faults: .*line 11: .*; and 20 more\.$/),
  });
});

test('eachPerson makes a name that a notebook can have, unless the list has one', async () => {
  const people = await read('name,notebook\nanna.b_c,\nbert,lab-1\n');
  expect(eachPerson({ name: 'lpd-{name}-a', size: 's' }, people)).toMatchObject([
    { name: 'lpd-anna-b-c-a', size: 's', for: { name: 'anna.b_c' } },
    { name: 'lab-1', position: 'people.csv, line 3' },
  ]);
});
