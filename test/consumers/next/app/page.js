export default function Page() {
  return <p>gradlet</p>;
}
