import ipaddr from 'ipaddr.js';

/** The shortest spelling: `10.1.2.3/8` is 10.0.0.0/8, and an address alone is a network of one. */
export function canonicalCidr(cidr: string): string {
  const whole = cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`;
  const [address, bits] = ipaddr.parseCIDR(whole);
  const first =
    address.kind() === 'ipv6'
      ? ipaddr.IPv6.networkAddressFromCIDR(whole)
      : ipaddr.IPv4.networkAddressFromCIDR(whole);
  return `${first}/${bits}`;
}

/** Whether an address is one of the internet's, not of a site's own or of this computer. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}
