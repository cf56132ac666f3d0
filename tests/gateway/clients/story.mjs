// Does this client get on with the server? Arguments: the client, the server's address.
const [name, url] = process.argv.slice(2);
const client = await import(`./${name}.mjs`);
await client.story(url);
console.log(`${name} is content`);
process.exit(0); // whatever connection a client keeps for later
