/** `NUBES_NB_OPENSTACK_AUTH_URL` for `openstack.auth_url`. */
export function variableOf(name: string): string {
  return `NUBES_NB_${name.replaceAll('.', '_').toUpperCase()}`;
}
